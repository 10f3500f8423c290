package dev.loomgate.gateway;

/** What to do with a symbolic link below the root of scripts. The root itself may always be one. */
public enum Symlinks {
    /** A link is refused. */
    REFUSE,
    /** A link is followed if its target, all links resolved, lies inside the root. */
    INSIDE,
    /** A link is followed wherever it leads. */
    FOLLOW
}
