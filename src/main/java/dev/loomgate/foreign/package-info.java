/**
 * Functions of the C library, for the few things that Java has no word for.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.foreign;
