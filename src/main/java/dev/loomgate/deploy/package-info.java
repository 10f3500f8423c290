/**
 * Code that is replaced while it serves: a class path that has changed is loaded beside the old one, new requests run on the new
 * version, and those in flight end on the old, which is let go of then. A new version that can't be loaded leaves the old one
 * serving.
 *
 * <p>Each version is loaded from a copy of its files: a jar that is overwritten would otherwise fail requests that load another
 * class of it.
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.deploy;
