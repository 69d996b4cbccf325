-- KEYS[1] a follow graph; ARGV: its snapshot, life in ms. Keeps it unless a newer version is kept. Returns 1, else 0.
-- Magic and version are the first 12 bytes, and big-endian versions compare as bytes.
local kept = redis.call('GETRANGE', KEYS[1], 0, 11)
if string.sub(kept, 1, 4) == string.sub(ARGV[1], 1, 4) and string.sub(kept, 5) > string.sub(ARGV[1], 5, 12) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
