-- wrk script: pushes one blob of 1 MB again and again, as clients do: POST, then PUT to the Location.
-- Arguments: digest. The repository is told by the path of the URL. Each connection must be alone
-- in its thread.
local target

function init(args)
  blob = string.rep("0123456789abcdef", 65536)
  digest = args[1]
end

function request()
  if target == nil then return wrk.format("POST") end
  local join = string.find(target, "?", 1, true) and "&" or "?"
  local headers = { ["Content-Type"] = "application/octet-stream" }
  return wrk.format("PUT", target .. join .. "digest=" .. digest, headers, blob)
end

function response(status, headers)
  local location = headers["Location"]
  target = status == 202 and location and location:gsub("^https?://[^/]+", "") or nil
end
