-- Replays a file of requests, one a line: method, path and body, parted by tabs.
-- From its start again at its end, or, where it may be used once only, stops there.
local requests, once, at = {}, false, 0

function init(arguments)
   once = arguments[2] == "once"
   for line in io.lines(arguments[1]) do
      local method, path, body = line:match("^(%S+)\t(%S+)\t(.*)$")
      requests[#requests + 1] = wrk.format(method, path, nil, body ~= "" and body or nil)
   end
end

function request()
   at = at + 1
   if at > #requests then
      if once then
         wrk.thread:stop()
         return wrk.format("GET", "/servers?limit=1")
      end
      at = 1
   end
   return requests[at]
end

function done(summary, latency, _)
   local failed = summary.errors
   print(string.format(
      'RESULT {"requests":%d,"seconds":%f,"p50_us":%d,"p99_us":%d,"max_us":%d,"failed":%d}',
      summary.requests, summary.duration / 1e6,
      latency:percentile(50), latency:percentile(99), latency.max,
      failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
