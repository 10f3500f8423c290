package dev.loomgate.gateway.fastcgi;

import java.util.List;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.loomgate.gateway.ScriptResolver;

/** PHP as php-cgi, started by the gateway. */
class PhpCgiTest extends PhpTest {
    @Override
    FastCgiGateway start(ScriptResolver resolver) {
        return startPhpCgi(resolver, top, scripts.path());
    }

    @Override
    void killMaster() {
        int before = masters().size();
        ProcessHandle master = ProcessHandle.of(masters().getLast()).orElseThrow();
        List<ProcessHandle> children = master.children().toList();
        master.destroyForcibly();
        Awaitility.await().until(() -> masters().size() > before);
        awaitLog("WARN", "was killed by signal 9; another is started");
        // children of the old one finish what they have, and end
        Awaitility.await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void theChildrenEndWithTheGateway() throws Exception {
        ProcessHandle master = ProcessHandle.of(masters().getLast()).orElseThrow();
        // the first of them may have answered before the last was there
        Awaitility.await().until(() -> master.descendants().count() == CHILDREN);
        List<ProcessHandle> all = Stream.concat(Stream.of(master), master.descendants()).toList();

        stop();

        Awaitility.await().until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    }
}
