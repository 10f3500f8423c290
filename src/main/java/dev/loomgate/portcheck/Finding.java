package dev.loomgate.portcheck;

/**
 * Something about a program that whoever ports it should know.
 *
 * @param needsWork whether it must be dealt with; otherwise it is only worth knowing
 * @param topic     a word or two that groups findings, such as {@code static field}
 * @param advice    what it means and what to do
 * @param where     a file, or a class and its member
 * @param line      line of the source or script; 0 if not known
 */
public record Finding(boolean needsWork, String topic, String advice, String where, int line) {
    /** Place for people. */
    public String place() {
        return line > 0 ? where + ":" + line : where;
    }
}
