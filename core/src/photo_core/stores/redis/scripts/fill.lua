-- KEYS[1] a post; ARGV: its value, life in ms. Keeps the value where nothing is, or a post of an epoch before. What
-- cannot be read stays, and a tombstone. Returns 1, or 0.
local kept = redis.call('GETRANGE', KEYS[1], 0, 31)
if kept ~= '' then
  local is_post = string.sub(kept, 1, 5) == string.sub(ARGV[1], 1, 5)
  if not is_post or string.sub(kept, 17, 32) == string.sub(ARGV[1], 17, 32) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
