package dev.loomgate.gateway.forkserver;

/** The conformance suite with processes that were forked ahead of the first of many requests. */
class SpareSharedProcessConformanceSiege extends SharedProcessConformanceTest {
    @Override
    ForkServerSettings.Spare spare() {
        return new ForkServerSettings.Spare(2, 64);
    }
}
