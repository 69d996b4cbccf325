-- KEYS[1] a head; ARGV: epoch, length and SHA-1 of the value that was decided on, its replacement, life in ms or ''.
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
local life = ARGV[5]
if life == '' then
  life = redis.call('PTTL', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[4] .. string.sub(value, length + 1))
-- unlike SET, BITOP leaves a string the rest of its block, which the next appends fill
redis.call('BITOP', 'OR', KEYS[1], KEYS[1])
if tonumber(life) > 0 then
  redis.call('PEXPIRE', KEYS[1], life)
end
return 1
