package dev.loomgate.files;

/** What a path leads to, if to anything. */
sealed interface Answer permits Resource, Answer.Redirect, Answer.Page {
    /** A directory that was asked for without a slash at the end. */
    record Redirect(String path) implements Answer {
    }

    /** The listing of a directory, as HTML. */
    record Page(byte[] html) implements Answer {
    }
}
