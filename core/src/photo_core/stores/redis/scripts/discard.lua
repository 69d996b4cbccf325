-- KEYS[1] a feed. Removes ids that were appended where no head is; a head, which starts at or above 0x80, stays.
local first = redis.call('GETRANGE', KEYS[1], 0, 0)
if first ~= '' and string.byte(first) < 128 then
  return redis.call('UNLINK', KEYS[1])
end
return 0
