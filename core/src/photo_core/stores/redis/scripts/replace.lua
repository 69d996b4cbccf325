-- KEYS[1] a feed; ARGV: epoch, length and SHA-1 of the value that was decided on, its replacement, life in ms or ''.
-- Replaces what was decided on and keeps the ids appended since. Returns 1, or 0 if it is not there any more.
local value = redis.call('GET', KEYS[1]) or ''
local length = tonumber(ARGV[2])
if #value < length or redis.sha1hex(string.sub(value, 1, length)) ~= ARGV[3] then
  return 0
end
-- decided on an absent value: only stray appended ids, which start below 0x80, may have come since
if length == 0 and #value > 0 and string.byte(value, 1) >= 128 then
  return 0
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if string.sub(redis.sha1hex(run .. history), 1, 16) ~= ARGV[1] then
  return 0
end
local replaced = ARGV[4] .. string.sub(value, length + 1)
if ARGV[5] == '' then
  redis.call('SET', KEYS[1], replaced, 'KEEPTTL')
else
  redis.call('SET', KEYS[1], replaced, 'PX', ARGV[5])
end
return 1
