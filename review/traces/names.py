"""The names of OpenTelemetry's conventions for generative AI, as of semantic conventions 1.39 (in development).

They may change: this is the only file that has them. https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
MODEL = "gen_ai.request.model"
AGENT = "gen_ai.agent.name"
CONVERSATION = "gen_ai.conversation.id"
INPUT = "gen_ai.input.messages"
OUTPUT = "gen_ai.output.messages"
SYSTEM = "gen_ai.system_instructions"
OUTPUT_TYPE = "gen_ai.output.type"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
ERROR = "error.type"
URL = "url.full"

CHAT = "chat"
INVOKE_AGENT = "invoke_agent"

# Ours, where the conventions have no word.
RUN = "concord.run"
ROUND = "concord.round"
NODE = "concord.node"
SUBJECT = "concord.subject"
TEMPLATE = "concord.template"
CACHED = "concord.cached"
ATTEMPTS = "concord.attempts"
USD = "concord.usd"
TIER = "concord.service_tier"
ORDER_ONLY = "concord.times_are_order_only"
"""A run keeps how long a call took, not when: spans stand one after the other, in the order of asking."""
