-- KEYS[1] a follow graph; ARGV: a fence's magic, life in ms. Lets a graph live on; a fence ends when it would have.
if redis.call('GETRANGE', KEYS[1], 0, 3) ~= ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
