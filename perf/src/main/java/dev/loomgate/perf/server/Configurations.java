package dev.loomgate.perf.server;

import java.nio.file.Path;

/**
 * Configuration files of the servers that have one: what their manuals recommend for speed, one worker, no access log, no limit on
 * the requests of a connection.
 */
final class Configurations {
    private Configurations() {}

    static String loomgate(int port, Site site, String classPath, boolean pool) {
        return """
                listeners:
                  - {host: 127.0.0.1, port: %1$d, backlog: 4096}
                %2$s
                routes:
                  - {path: /**, handler: java, class: dev.loomgate.perf.work.HelidonWork, class-path: [%3$s]}
                  - {path: /static/**, handler: static, root: %4$s/static}
                  - {path: /kept/static/**, handler: static, root: %4$s/static}
                  - {path: /cgi/**, handler: cgi, root: %4$s/cgi, mode: exec, max-processes: 200, max-queue: 20000}
                  - {path: /fork/**, handler: cgi, root: %4$s/cgi, max-processes: 200, max-queue: 20000}
                  - {path: /kept/fork/**, handler: cgi, root: %4$s/cgi, max-processes: 4, max-queue: 20000, requests-per-process: 1000}
                  %5$s
                """.formatted(port, pool ? "threads: {model: platform, pool: 200}" : "threads: virtual",
                classPath.replace(":", ", "), site.directory(), Programs.find("php-cgi") == null ? ""
                        : "- {path: /php/**, handler: fastcgi, root: " + site.directory() + "/php, command: php-cgi, children: 4}");
    }

    static String nginx(int port, Site site, Path own, boolean root) {
        return """
                %1$s
                worker_processes 1;
                daemon off;
                pid %2$s/pid;
                error_log %2$s/error.log;
                events { worker_connections 16384; multi_accept on; }
                http {
                    access_log off;
                    sendfile on;
                    tcp_nopush on;
                    keepalive_requests 1000000000;
                    keepalive_timeout 300s;
                    types { text/plain txt; }
                    default_type application/octet-stream;
                    client_body_temp_path %2$s/body;
                    proxy_temp_path %2$s/proxy;
                    fastcgi_temp_path %2$s/fastcgi;
                    uwsgi_temp_path %2$s/uwsgi;
                    scgi_temp_path %2$s/scgi;
                    server {
                        listen 127.0.0.1:%3$d backlog=4096;
                        root %4$s;
                        location = /plaintext { default_type text/plain; return 200 "Hello, World!"; }
                        location ~ ^/(cgi|fork)/(?<script>.*)$ {
                            include /etc/nginx/fastcgi_params;
                            fastcgi_param SCRIPT_FILENAME %4$s/cgi/$script;
                            fastcgi_pass unix:%2$s/helper.sock;
                        }
                        location /php/ {
                            include /etc/nginx/fastcgi_params;
                            fastcgi_param SCRIPT_FILENAME %4$s$fastcgi_script_name;
                            fastcgi_param REDIRECT_STATUS 200;
                            fastcgi_pass unix:%2$s/helper.sock;
                        }
                    }
                }
                """.formatted(root ? "user root;" : "", own, port, site.directory());
    }

    static String lighttpd(int port, Site site, Path own, boolean php) {
        return """
                server.bind = "127.0.0.1"
                server.port = %1$d
                server.document-root = "%2$s"
                server.max-keep-alive-requests = 1000000000
                server.max-keep-alive-idle = 300
                server.max-fds = 16384
                server.listen-backlog = 4096
                mimetype.assign = ( ".txt" => "text/plain" )
                """.formatted(port, site.directory()) + (php ? """
                server.modules = ( "mod_fastcgi" )
                fastcgi.server = ( "/php/" => (( "socket" => "%s/helper.sock", "check-local" => "disable",
                    "fix-root-scriptname" => "enable" )) )
                """.formatted(own) : """
                server.modules = ( "mod_alias", "mod_cgi" )
                alias.url = ( "/fork/" => "%s/" )
                $HTTP["url"] =~ "^/(cgi|fork)/" { cgi.assign = ( "" => "" ) }
                """.formatted(site.cgi()));
    }

    static String apache(int port, Site site, Path own, boolean root) {
        return """
                ServerRoot %1$s
                ServerName 127.0.0.1
                Listen 127.0.0.1:%2$d
                PidFile %1$s/pid
                ErrorLog %1$s/error.log
                %3$s
                LoadModule mpm_event_module %4$s/mod_mpm_event.so
                LoadModule authz_core_module %4$s/mod_authz_core.so
                LoadModule alias_module %4$s/mod_alias.so
                LoadModule mime_module %4$s/mod_mime.so
                LoadModule cgid_module %4$s/mod_cgid.so
                TypesConfig /dev/null
                AddType text/plain .txt
                ServerLimit 1
                StartServers 1
                ThreadsPerChild 64
                MaxRequestWorkers 64
                KeepAlive On
                MaxKeepAliveRequests 0
                KeepAliveTimeout 300
                ScriptSock %1$s/cgid.sock
                DocumentRoot %5$s
                ScriptAlias /cgi/ %6$s/
                ScriptAlias /fork/ %6$s/
                <Directory %5$s>
                    Require all granted
                </Directory>
                """.formatted(own, port, root ? "User www-data\nGroup www-data" : "", "/usr/lib/apache2/modules",
                site.directory(), site.cgi());
    }
}
