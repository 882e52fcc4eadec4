"""The service: the HTTP API, the one that speaks as OpenAI does, and MCP; their guards."""
