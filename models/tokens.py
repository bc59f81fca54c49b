"""How long a text is in tokens, without any model's tokenizer."""

import math

_CHARACTERS_PER_TOKEN = 4
"""English prose runs at 4 to 4.5 characters a token with the byte-pair vocabularies in use."""

_PER_EXTRA_BYTE = 3 / 8
"""A character outside ASCII costs more: two bytes of UTF-8 come to 5/8 of a token, three bytes to one."""


def tokens(text: str) -> int:
    """An estimate of the tokens of `text`: for budgets, rates and bounding prompts, not for bills.

    A quarter of a token for each character, and three eighths for each byte of UTF-8 beyond its first. It
    came out within 25 % for English and is meant to err on the high side elsewhere.
    """
    if text.isascii():
        return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)
    extra = len(text.encode("utf-8", "surrogatepass")) - len(text)
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN + extra * _PER_EXTRA_BYTE)
