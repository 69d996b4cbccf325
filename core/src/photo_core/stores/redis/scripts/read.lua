-- KEYS[1] a feed; ARGV[1] its life in ms without being read, or 0 to leave it. Returns {value or false, epoch of this master}.
-- The epoch changes with every restart (run_id) and promotion (master_replid): appends that the master
-- acknowledged before may be lost since then.
local value = redis.call('GET', KEYS[1])
if value then
  local life = tonumber(ARGV[1])
  -- a write for every read would load the replicas and the log for nothing
  if life > 0 and redis.call('PTTL', KEYS[1]) < life * 0.95 then
    redis.call('PEXPIRE', KEYS[1], life)
  end
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
return {value, string.sub(redis.sha1hex(run .. history), 1, 16)}
