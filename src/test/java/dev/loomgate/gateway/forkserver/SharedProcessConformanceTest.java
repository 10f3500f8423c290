package dev.loomgate.gateway.forkserver;

/** The conformance suite with processes that serve many requests, one after the other. */
class SharedProcessConformanceTest extends ForkServerConformanceTest {
    @Override
    int requestsPerProcess() {
        return 100;
    }
}
