"""Makes a small Llama for the tests: its configuration and a tokenizer of 1,024 tokens, no weights.

usage: make-model.py FOLDER TEXT...   the tokenizer is trained on the text files
"""

import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, PreTrainedTokenizerFast

VOCABULARY = 1024

folder, *texts = sys.argv[1:]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train(
    texts,
    trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=['<s>', '</s>'],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ),
)
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token='<s>', eos_token='</s>')
fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
fast.save_pretrained(folder)

config = LlamaConfig(
    hidden_size=128,
    intermediate_size=256,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=VOCABULARY,
    max_position_embeddings=4096,
    bos_token_id=0,
    eos_token_id=1,
)
config.architectures = ['LlamaForCausalLM']
config.save_pretrained(folder)
