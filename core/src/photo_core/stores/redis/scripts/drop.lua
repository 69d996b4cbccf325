-- KEYS[1] a post; ARGV: a tombstone, the drop mark, life of the mark in ms. Marks it dropped unless it was deleted.
-- Returns 1, or 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
