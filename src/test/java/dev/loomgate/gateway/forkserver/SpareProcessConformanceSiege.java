package dev.loomgate.gateway.forkserver;

/** The conformance suite with processes that were forked ahead of the request. */
class SpareProcessConformanceSiege extends ForkServerConformanceTest {
    @Override
    ForkServerSettings.Spare spare() {
        return new ForkServerSettings.Spare(2, 64);
    }
}
