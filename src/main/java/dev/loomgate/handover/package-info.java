/**
 * Listening sockets that outlive a process: the ones that systemd opened (socket activation), and the ones that a server gives to
 * the process that takes its place ({@code loomgate upgrade}).
 *
 * <h2>How none is lost</h2>
 * The successor gets the listening sockets themselves, as descriptors from 3 on: {@link dev.loomgate.handover.Successor} starts it by
 * {@code posix_spawn}. From the moment that it is ready both accept from the same queue; then the predecessor closes its
 * descriptors, which takes nothing out of that queue, answers what it has accepted, with {@code Connection: close}, and ends.
 *
 * <p>The other way is two sockets at one address (SO_REUSEPORT). There the queue of the one that is closed is thrown away, and its
 * clients are reset, unless {@code net.ipv4.tcp_migrate_req} is on, which is not the default: measured with 8 clients that
 * connect anew for every request, 11 resets in 15 handovers. It would also let any process of the same user in.
 *
 * <p>Java has no way to pass a descriptor to a process that it starts, nor to make a channel of one but for the first
 * ({@code System.inheritedChannel}, once, standard input only). So a channel is opened and bound to a free port, and the inherited
 * socket is put in the place of its descriptor by {@code dup2}: documented calls only, and no reflection into the JDK.
 *
 * <p>Uses {@code foreign}.
 */
package dev.loomgate.handover;
