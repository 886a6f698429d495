import pytest

from quatrain.errors import ConfigError
from quatrain.generate.config import SamplingConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": -0.5}, "temperature: must be 0 (always the likeliest token) or more, got -0.5."),
        ({"max_new_tokens": -1}, "max_new_tokens: must be 0 or more, got -1."),
        ({"top_k": 0}, "top_k: must be 1 or more, got 0."),
        ({"top_p": 0.0}, "top_p: must be above 0 and at most 1, got 0.0."),
        ({"top_p": 1.5}, "top_p: must be above 0 and at most 1, got 1.5."),
        ({"min_p": -0.1}, "min_p: must be from 0 to 1, got -0.1."),
        ({"repetition_penalty": 0.0}, "repetition_penalty: must be above 0 (1 changes nothing), got 0.0."),
        ({"no_repeat_ngram": 0}, "no_repeat_ngram: must be 1 or more, got 0."),
        ({"stop": ["a", ""]}, "stop: must be strings of at least one character, got ('a', '')."),
        ({"n": 0}, "n: must be 1 or more, got 0."),
        ({"beam_size": 0}, "beam_size: must be 1 (no search) or more, got 0."),
        (
            {"n": 3, "temperature": 0.0},
            "n: temperature=0 writes the same text every time, so n=3 would be copies. "
            "Set temperature above 0, or beam_size=3 for the 3 best.",
        ),
        (
            {"n": 5, "beam_size": 4},
            "n: a search that keeps beam_size=4 texts cannot return n=5. Set beam_size=5 or more.",
        ),
        (
            {"beam_size": 4, "temperature": 0.7},
            "temperature: beam search draws nothing, so this has no effect on it. "
            "Leave temperature out, or set beam_size=1.",
        ),
        (
            {"beam_size": 4, "top_p": 0.9},
            "top_p: beam search draws nothing, so this has no effect on it. Leave top_p out, or set beam_size=1.",
        ),
        ({"length_penalty": 2.0}, "length_penalty: only beam search ranks by length. Set beam_size above 1."),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_what_to_type(values, message):
    with pytest.raises(ConfigError) as error:
        SamplingConfig.from_dict(values)
    assert str(error.value) == message


def test_a_config_survives_its_dictionary():
    config = SamplingConfig(temperature=0.8, top_k=5, stop=("\n\n", "END"), n=3, seed=7)
    assert SamplingConfig.from_dict(config.to_dict()) == config


def test_every_setting_has_a_help_text():
    assert all(field.description for field in SamplingConfig.model_fields.values())
