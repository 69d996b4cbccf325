-- KEYS[1] a follow graph; ARGV: its snapshot, life in ms, a fence's magic. Keeps it unless a newer version is kept, or a
-- fence of a higher one. Returns 1, else 0. Magic and version are the first 12 bytes. Halves of 32 bits, since a number
-- here is exact to 53.
local kept = redis.call('GETRANGE', KEYS[1], 0, 11)
local magic = string.sub(kept, 1, 4)
if #kept == 12 and (magic == string.sub(ARGV[1], 1, 4) or magic == ARGV[3]) then
  local kept_high, kept_low = struct.unpack('>I4I4', kept, 5)
  local high, low = struct.unpack('>I4I4', ARGV[1], 5)
  if kept_high > high or (kept_high == high and kept_low > low) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
