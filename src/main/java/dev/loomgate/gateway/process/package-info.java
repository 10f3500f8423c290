/**
 * CGI by fork and exec (RFC 3875): one operating-system process a request.
 *
 * <h2>Two threads a request</h2>
 * The connection's thread reads the request, waits in the queue for a place, gives the script its body, and waits. The
 * script's thread starts the process, passes its output on, and stays until it has exited ({@code Exchange}). The script's
 * thread is a platform thread, because Java can't park a virtual one on a pipe: a blocking read holds a carrier, the scheduler
 * adds spare carriers only up to {@code jdk.virtualThreadScheduler.maxPoolSize}, and some hundred quiet scripts would keep
 * every other request waiting. There are as many of these threads as running scripts, which costs little beside a process.
 * Handing the whole exchange to that thread, instead of every piece of output through a queue, leaves two thread switches a
 * request.
 *
 * <h2>How a process is started</h2>
 * {@code SpawnLauncher} calls {@code posix_spawn} through Java's foreign function interface, {@code BuilderLauncher} uses
 * {@link java.lang.ProcessBuilder} where that is not to be had (Java 21, other systems, other C libraries). The first exists
 * because of what the second can't do:
 * <ul>
 * <li>A process group of the script's own, without which a script's children survive it and its {@code kill 0} kills the
 *     server. {@code ProcessBuilder} needs the program {@code setsid} in between: one more exec.
 * <li>A wait for output and error output with a time limit. {@code ProcessBuilder}'s pipes take a thread each.
 * <li>A signal to a group that can't hit the wrong one: Java reaps a process at once and on a thread of its own, after which
 *     the system may give its id to another.
 * <li>Speed, above all with many connections: {@code ProcessBuilder} starts a helper program that closes every descriptor one
 *     by one. On one core, JDK 25, a C program that prints a line: {@code SpawnLauncher} 1,410 to 1,470 a second against 260 to
 *     310; with 10,000 descriptors open 320 to 510 against 9 to 16. The command is in {@code LaunchRate} beside the tests.
 *     The launch mechanism VFORK, once the remedy, is deprecated and makes Java print a warning.
 * </ul>
 * The parent never waits for a copy of its memory maps: {@code posix_spawn} of glibc shares them until the exec. The JVM asks
 * for {@code --enable-native-access=ALL-UNNAMED} from Java 24 on, or prints a warning.
 *
 * <p>Scripts have plain pipes, not the sockets that would park: {@code cat /dev/stdin} and {@code > /dev/stderr} do not work on
 * a socket.
 *
 * <p>May use {@code gateway}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.process;
