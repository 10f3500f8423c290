package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What an application sees of the server: Java itself, the servlet, JSP, EL, WebSocket and annotation interfaces, and Tomcat's own
 * classes, which a {@code web.xml} may name. Libraries of the server stay out of sight: an application has its own versions of
 * them, or none.
 */
final class SharedClasses extends ClassLoader {
    private static final List<String> PACKAGES = List.of("jakarta/servlet/", "jakarta/el/", "jakarta/annotation/",
            "jakarta/security/auth/message/", "jakarta/websocket/", "org/apache/catalina/", "org/apache/coyote/", "org/apache/el/",
            "org/apache/jasper/", "org/apache/juli/", "org/apache/naming/", "org/apache/tomcat/");
    /** One class of each jar whose services applications get. */
    private static final List<String> JARS = List.of("jakarta/servlet/Servlet.class", "org/apache/jasper/JspC.class",
            "org/apache/el/ExpressionFactoryImpl.class", "org/apache/tomcat/websocket/server/WsSci.class");
    private static final String SERVICES = "META-INF/services/";

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader server = SharedClasses.class.getClassLoader();
    private final Set<String> jars = new HashSet<>();

    SharedClasses() {
        super("servlet-api", ClassLoader.getPlatformClassLoader());
        for (String name : JARS) {
            URL found = server.getResource(name);
            if (found != null) {
                jars.add(place(found, name));
            }
        }
    }

    private static String place(URL resource, String name) {
        String url = resource.toString();
        return url.substring(0, url.length() - name.length());
    }

    private static boolean isShared(String path) {
        for (String prefix : PACKAGES) {
            if (path.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (isShared(name.replace('.', '/'))) {
            return server.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }

    @Override
    protected URL findResource(String name) {
        if (isShared(name)) {
            return server.getResource(name);
        }
        try {
            Enumeration<URL> found = findResources(name);
            return found.hasMoreElements() ? found.nextElement() : null;
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    protected Enumeration<URL> findResources(String name) throws IOException {
        if (isShared(name)) {
            return server.getResources(name);
        }
        if (!name.startsWith(SERVICES)) {
            return Collections.emptyEnumeration();
        }
        return Collections.enumeration(Collections.list(server.getResources(name)).stream()
                .filter(url -> jars.contains(place(url, name))).toList());
    }
}
