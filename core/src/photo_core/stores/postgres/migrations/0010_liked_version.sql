-- begins anew whenever Redis could not be told of a like or of its removal: a head of likes of a version before is not whole
ALTER TABLE accounts ADD COLUMN liked_version bigint NOT NULL DEFAULT 0;
