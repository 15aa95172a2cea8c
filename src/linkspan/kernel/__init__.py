"""Shared vocabulary without domain words: ids, money, clock, actor, audit trail, outbox, storage, paging."""
