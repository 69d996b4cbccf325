-- KEYS[1] a follow graph; ARGV: a fence of the version of now, life in ms, a snapshot's magic. Puts a fence in its place,
-- one version above what is known of. Magic and version are the first 12 bytes, the version in halves of 32 bits.
local magic = string.sub(ARGV[1], 1, 4)
local high, low = struct.unpack('>I4I4', ARGV[1], 5)
local kept = redis.call('GETRANGE', KEYS[1], 0, 11)
local kept_magic = string.sub(kept, 1, 4)
if #kept == 12 and (kept_magic == magic or kept_magic == ARGV[3]) then
  local kept_high, kept_low = struct.unpack('>I4I4', kept, 5)
  if kept_high > high or (kept_high == high and kept_low > low) then
    high, low = kept_high, kept_low
  end
end
low = low + 1
if low == 4294967296 then
  high, low = high + 1, 0
end
redis.call('SET', KEYS[1], magic .. struct.pack('>I4I4', high, low), 'PX', ARGV[2])
