-- KEYS[1] a feed; ARGV: bytes of the header, ids to keep. Drops the ids that arrived first and raises the watermark to
-- the first that stays. Returns 1, or 0 where that could lose a post: what is dropped does not ascend to what stays,
-- as after repeats. Removes a value that is no head.
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
if stays <= header + 1 then
  return 1
end
-- halves of 32 bits, since a number here is exact to 53
local high, low = -1, 0
for at = header + 1, stays, 8 do
  local next_high, next_low = struct.unpack('>I4I4', value, at)
  if next_high < high or (next_high == high and next_low <= low) then
    return 0
  end
  high, low = next_high, next_low
end
local watermark_high, watermark_low = struct.unpack('>I4I4', value, 9)
local watermark = string.sub(value, stays, stays + 7)
if watermark_high > high or (watermark_high == high and watermark_low > low) then
  watermark = string.sub(value, 9, 16)
end
local trimmed = string.sub(value, 1, 8) .. watermark .. string.sub(value, 17, header) .. string.sub(value, stays)
redis.call('SET', KEYS[1], trimmed, 'KEEPTTL')
return 1
