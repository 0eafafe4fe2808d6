/** Longest decoded text, in UTF-16 code units, that a {@link Place} carries; the byte range stays exact. */
export const MAX_PLACE_TEXT = 2_000;

/** Records of `dr` or of a level above INFO kept per message id and node part. */
export const MAX_RECORDS_PER_ID = 20_000;

/** Records of routine INFO messages kept per message id and node part. */
export const MAX_ROUTINE_RECORDS_PER_ID = 1_000;
