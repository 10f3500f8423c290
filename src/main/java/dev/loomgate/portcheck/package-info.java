/**
 * The porting report: what of old programs runs unmodified, and what needs attention, found by reading them. No code of theirs
 * runs.
 *
 * <p>May use {@code server}, for the programs of this machine.
 */
package dev.loomgate.portcheck;
