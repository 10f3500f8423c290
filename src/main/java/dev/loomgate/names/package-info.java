/**
 * Names of machines, looked up by threads that park. The JDK's own way is a call of the C library, in which a virtual thread keeps
 * its carrier until the name server answers: as many slow look-ups as there are carriers would stop everything else. What is
 * here asks the name servers itself ({@link dev.loomgate.names.NameService}), and stands behind {@code java.net.InetAddress}
 * for all code that runs on virtual threads ({@link dev.loomgate.names.ParkingResolverProvider}).
 *
 * <p>Uses nothing of ours.
 */
package dev.loomgate.names;
