-- KEYS[1] a feed; ARGV: bytes of the header, ids to keep. Drops the ids that arrived first and raises the watermark to
-- the first that stays. Returns 1, or 0 where that could lose a post: an id that would go is not below the first that
-- stays, as after repeats. Removes a value that is no head.
local value = redis.call('GET', KEYS[1])
if not value then
  return 1
end
if string.byte(value, 1) < 128 then
  redis.call('UNLINK', KEYS[1])
  return 1
end
local header = tonumber(ARGV[1])
local stays = #value - 8 * tonumber(ARGV[2]) + 1
local goes = (stays - header - 1) / 8
if goes < 1 then
  return 1
end
-- halves of 32 bits, since a number here is exact to 53
local high, low = struct.unpack('>I4I4', value, stays)
local highest = math.max(struct.unpack('>' .. string.rep('I4xxxx', goes), value, header + 1))
if highest >= high then
  for at = header + 1, stays - 8, 8 do
    local goes_high, goes_low = struct.unpack('>I4I4', value, at)
    if goes_high > high or (goes_high == high and goes_low >= low) then
      return 0
    end
  end
end
local watermark = string.sub(value, stays, stays + 7)
local watermark_high, watermark_low = struct.unpack('>I4I4', value, 9)
if watermark_high > high or (watermark_high == high and watermark_low > low) then
  watermark = string.sub(value, 9, 16)
end
local trimmed = string.sub(value, 1, 8) .. watermark .. string.sub(value, 17, header) .. string.sub(value, stays)
local life = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], trimmed)
-- unlike SET, BITOP leaves a string the rest of its block, which the next appends fill
redis.call('BITOP', 'OR', KEYS[1], KEYS[1])
if life > 0 then
  redis.call('PEXPIRE', KEYS[1], life)
end
return 1
