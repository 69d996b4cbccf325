-- KEYS[1] a post's counts; ARGV: their value, life in ms. Keeps the value unless counts of a later offset are there.
-- Returns 1, or 0. Halves of 32 bits, since a number here is exact to 53.
local kept = redis.call('GETRANGE', KEYS[1], 0, 15)
if #kept == 16 and string.sub(kept, 1, 4) == string.sub(ARGV[1], 1, 4) then
  local kept_high, kept_low = struct.unpack('>I4I4', kept, 9)
  local high, low = struct.unpack('>I4I4', ARGV[1], 9)
  if kept_high > high or (kept_high == high and kept_low > low) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
