/** Types of group records, the same of IGMPv3 (RFC 3376 §4.2.12) and MLDv2 (RFC 3810 §5.2.12). */
export const RECORD_WORDS = {
  1: 'Includes',
  2: 'Excludes',
  3: 'Changes to include',
  4: 'Changes to exclude',
  5: 'Allows new sources',
  6: 'Blocks old sources',
};
