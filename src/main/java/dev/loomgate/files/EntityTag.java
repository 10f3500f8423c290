package dev.loomgate.files;

/**
 * An entity tag (RFC 9110 section 8.8.3).
 *
 * @param opaque the tag with its quotes
 * @param weak   whether it is prefixed with {@code W/} and never equal in the strong comparison
 */
record EntityTag(String opaque, boolean weak) {
    /**
     * Makes the tag of a file, from the time of its last modification and its size as nginx and Apache do it. The time is taken
     * in microseconds, not in seconds, so that two versions of the same second differ. The inode is left out: it is not the
     * same on two servers with the same files. A file that was modified just now gets a weak tag, as Apache does it: it may
     * change again without a change of its time (RFC 9110 section 8.8.1).
     *
     * @param suffix tells encoded representations apart (RFC 9110 section 8.8.3.3); may be empty
     */
    static EntityTag of(FileStamp stamp, String suffix, boolean weak) {
        return new EntityTag('"' + Long.toHexString(stamp.modifiedMicros()) + '-' + Long.toHexString(stamp.size())
                + suffix.replace('.', '-') + '"', weak);
    }

    /**
     * Whether a list of tags, as {@code If-Match} and {@code If-None-Match} have it, has this one or is {@code *}.
     *
     * @param field  the field's value; what is not a tag ends the list
     * @param strong whether weak tags count as different (RFC 9110 section 8.8.3.2)
     */
    boolean isIn(String field, boolean strong) {
        if (field.strip().equals("*")) {
            return true;
        }
        for (int i = 0; i < field.length();) {
            char c = field.charAt(i);
            if (c == ',' || c == ' ' || c == '\t') {
                i++;
                continue;
            }
            boolean otherWeak = field.startsWith("W/", i);
            int start = otherWeak ? i + 2 : i;
            int end = start < field.length() && field.charAt(start) == '"' ? field.indexOf('"', start + 1) : -1;
            if (end < 0) {
                return false;
            }
            if (!(strong && (weak || otherWeak)) && end + 1 - start == opaque.length()
                    && field.startsWith(opaque, start)) {
                return true;
            }
            i = end + 1;
        }
        return false;
    }

    @Override
    public String toString() {
        return weak ? "W/" + opaque : opaque;
    }
}
