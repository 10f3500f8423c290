/**
 * Servlets and WARs, unmodified, in Tomcat's container without Tomcat's connectors.
 *
 * <h2>The way of a request</h2>
 * {@link dev.loomgate.gateway.servlet.ServletGateway} is the route. It hands the request to the
 * {@code Application} that is current: one version of the application, with a service, engine, host and context of Tomcat of its
 * own, so that two versions can run at one path and neither knows of the other. A {@code ServletExchange} stands where Tomcat's
 * HTTP/1.1 processor would: it fills Coyote's request ({@code RequestHead}, {@code RequestContent}), calls Tomcat's
 * {@code CoyoteAdapter}, and passes on what comes out ({@code ResponseHead}, {@code ResponseContent}). All of it happens on the
 * request's own thread, also when the application makes the request asynchronous: the thread parks ({@code AsyncEvents}) until
 * another one completes it, dispatches it, or its time is over. Reading and writing park as well, so non-blocking reads and
 * writes are always ready.
 *
 * <h2>Exchanges are kept</h2>
 * Coyote's and Catalina's request and response take a hundred objects and are made for use again. An idle connection needs none,
 * so they are not kept by connections but in a stack of the application, of which the surplus over what was needed in the last ten
 * seconds is let go. Tomcat has a few {@code ThreadLocal}s on this way (dates of cookies, mapping for request dispatchers); they
 * are small, and end with the thread of the connection.
 *
 * <h2>Upgrades</h2>
 * An application that upgrades its connection, to WebSocket ({@code tomcat-embed-websocket}) or to a protocol of its own, gets it as
 * Tomcat's socket ({@code UpgradedSocket}) when its request has ended; the connection's thread parks until the client sends
 * something, and calls the handler ({@code UpgradedConnection}). These connections end with the version of the application: a
 * client of WebSocket is told 1001, and comes again to the new one.
 *
 * <h2>The life of an application</h2>
 * {@code Installation} copies the code, so that its files may be replaced at any time; {@code JavaxUse} and
 * {@code MigrationCache} care for applications of {@code javax.servlet}; {@code SharedClasses} is what they see of the server;
 * {@code ApplicationSource} says which files to watch, and has {@code SessionTransfer} take sessions along.
 *
 * <p>Nothing of Tomcat is loaded before the first application is started.
 *
 * <p>May use {@code gateway}, {@code deploy}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.servlet;
