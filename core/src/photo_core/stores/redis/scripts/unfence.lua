-- KEYS[1] a follow graph; ARGV: a fence's magic. Lowers a fence that is kept by one version, and none below the
-- first, since a failover may have forgotten the one that is taken back; it ends when it would have.
local kept = redis.call('GET', KEYS[1])
if not kept or #kept ~= 12 or string.sub(kept, 1, 4) ~= ARGV[1] then
  return
end
local high, low = struct.unpack('>I4I4', kept, 5)
if high == 0 and low == 0 then
  return
end
low = low - 1
if low < 0 then
  high, low = high - 1, 4294967295
end
redis.call('SET', KEYS[1], ARGV[1] .. struct.pack('>I4I4', high, low), 'KEEPTTL')
