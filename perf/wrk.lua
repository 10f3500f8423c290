-- Prints the figures of a run in one line that a script can read. No per-request function is defined: each would slow wrk down.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %.0f %.2f %.2f %d\n",
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
