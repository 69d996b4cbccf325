-- KEYS[1] a versioned value; ARGV: its new value, life in ms, another magic that counts as well (a fence's), and the
-- position of the version in the value, from 1. Keeps the new value unless a newer version is there. Returns 1, else 0.
-- The magic is the first 4 bytes; the version has 8, read in halves of 32 bits, since a number here is exact to 53.
local at = tonumber(ARGV[4])
local kept = redis.call('GETRANGE', KEYS[1], 0, at + 6)
local magic = string.sub(kept, 1, 4)
if #kept == at + 7 and (magic == string.sub(ARGV[1], 1, 4) or magic == ARGV[3]) then
  local kept_high, kept_low = struct.unpack('>I4I4', kept, at)
  local high, low = struct.unpack('>I4I4', ARGV[1], at)
  if kept_high > high or (kept_high == high and kept_low > low) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
