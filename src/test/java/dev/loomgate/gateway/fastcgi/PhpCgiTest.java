package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.Programs;

/** PHP as php-cgi, started by the gateway. */
class PhpCgiTest extends PhpTest {
    private static final Pattern STARTED = Pattern.compile("responder started.* pid=(\\d+)");

    /** The shell that ends them all if this process is killed. */
    private static final int WATCH = 1;

    @Override
    FastCgiGateway start(ScriptResolver resolver) {
        var command = new ResponderCommand(List.of(Programs.require("php-cgi", "php-cgi").toString()), CHILDREN, 1000,
                environment(), top);
        return FastCgiGateway.start(resolver, true, command, PhpTest::pool, true, settings(scripts.path()));
    }

    private List<Long> masters() {
        return log.lines().stream().map(STARTED::matcher).filter(Matcher::find).map(matcher -> Long.valueOf(matcher.group(1)))
                .toList();
    }

    @Override
    void killMaster() {
        int before = masters().size();
        ProcessHandle.of(masters().getLast()).orElseThrow().destroyForcibly();
        Awaitility.await().until(() -> masters().size() > before);
        awaitLog("WARN", "was killed by signal 9; another is started");
        // children of the old one finish what they have, and end
        Awaitility.await().until(() -> processes() == CHILDREN + 1 + WATCH);
    }

    private long processes() {
        return ProcessHandle.current().descendants().count()
                + masters().stream().limit(masters().size() - 1L).filter(pid -> ProcessHandle.of(pid).isPresent()).count();
    }

    @Test
    void theChildrenEndWithTheGateway() throws Exception {
        List<ProcessHandle> all = ProcessHandle.of(masters().getLast()).orElseThrow().descendants().collect(Collectors.toList());
        all.add(ProcessHandle.of(masters().getLast()).orElseThrow());
        assertThat(all).hasSize(CHILDREN + 1);

        stop();

        Awaitility.await().until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    }
}
