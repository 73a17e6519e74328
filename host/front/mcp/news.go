package mcp

var (
	newsTools     = news("tools")
	newsResources = news("resources")
	newsPrompts   = news("prompts")
)

func news(list string) []byte {
	return []byte(`{"jsonrpc":"2.0","method":"notifications/` + list + `/list_changed"}`)
}
