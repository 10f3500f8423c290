package dev.loomgate.server;

import java.util.List;

/**
 * What a reload did.
 *
 * @param number how many configurations have been served since the start, this one included
 * @param notes  what was changed but takes effect only with the next start or upgrade; a sentence each
 */
public record Reloaded(int number, List<String> notes) {
    /** Copies the list. */
    public Reloaded {
        notes = List.copyOf(notes);
    }
}
