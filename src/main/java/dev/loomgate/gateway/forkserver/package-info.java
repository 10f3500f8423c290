/**
 * CGI scripts in Perl and Python without the start of an interpreter for each request, and without a changed line.
 *
 * <h2>How</h2>
 * For each script there is a process, the driver ({@code Driver}; the program is a Perl module or a Python script, among the
 * resources beside this package). It loads the script with all that it uses, listens on a Unix-domain socket, and forks a child
 * for each connection. The child's standard output is the connection; it runs the script from where a fresh interpreter would after
 * loading it, with the environment of the request, and ends like a process of its own. Requests are sent in SCGI.
 *
 * <p>The price of a request is a fork, the pages that the child then writes to, and the script itself. What a fresh interpreter
 * does before the first line of the script, 20 to 70 ms of processor time with a few modules, is done once.
 *
 * <h2>Who knows what</h2>
 * The driver is the parent: it alone can signal and await a child. Loomgate numbers the requests, and tells and asks the driver
 * about them over a second connection ({@code ControlLine}). In the usual case nothing is said there: the end of the connection is
 * the end of the child. Only a child that did not exit with 0, or whose output could have been cut short, is spoken of.
 *
 * <p>Several drivers share a script where there are more than four processors and one has much to do.
 *
 * <h2>Children that wait</h2>
 * Where the route allows it, a child serves many requests ({@code requests-per-process}), or is forked ahead of the one that it serves
 * ({@code spare-processes}). It tells the driver of each request that it begins or ends; among those that are idle a token, a byte in a
 * pipe, goes round, whose holder alone looks at the listening socket, and accepts. The driver forks for a request only when none is
 * idle. What a child makes new between two requests is said in the drivers, and for users in {@code legacy-handlers/README.md}.
 *
 * <p>A driver forks ahead when nothing has happened for some milliseconds, and one child at a time: the next when the last one waits. So
 * a burst is served first, and where all processors are busy no process is forked that a request would not have needed. A new child
 * first becomes ready for a request of nobody, and where it serves many it compiles the script, if nobody can notice; so the pages that
 * this writes to are its own by the time of a request. The end of a child wakes the driver, which puts in another token for one that
 * may have had it. Those that wait go when the other end of a pipe is closed: with the driver, when it dies or stops, or when it has
 * learned of a module that they lack. Then they still serve what has connected before.
 *
 * <h2>When something changes or fails</h2>
 * {@code ForkServer} has the drivers of one script. It looks at the script's file for each request and at the modules once a second;
 * if one has changed it starts a new driver, for which requests wait, while the old one finishes what it has. A script that does
 * not load runs by plain CGI, which shows the error as always, and is tried again when it changes, or after some time. If a driver
 * dies, its children go on, and the next request starts another.
 *
 * <p>May use {@code gateway}, {@code gateway.process} (for scripts that can have no fork server), {@code gateway.scgi} and
 * {@code upstream}.
 */
package dev.loomgate.gateway.forkserver;
