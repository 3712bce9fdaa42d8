"""Strict JSON bodies: named refusals, a corpus, and a slow reference that must always agree.

The corpus is in the spirit of JSONTestSuite: `y_` must be read, `n_` must be refused.
"""

import json
import math
from typing import Any, NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.http.body import DEPTH_MAX, BodyError, is_json_content_type, parse_object


def nested(opening: bytes, inner: bytes, closing: bytes, levels: int) -> bytes:
    return opening * levels + inner + closing * levels


CORPUS: dict[str, bytes] = {
    "y_empty_object": b"{}",
    "y_space_within": b"{ \t\r\n}",
    "y_space_around": b" \t\r\n{} \t\r\n",
    "y_one_member": b'{"a":1}',
    "y_members": b'{"a":1,"b":2,"c":3}',
    "y_space_everywhere": b' { "a" : [ 1 , 2 ] , "b" : { } } ',
    "y_empty_key": b'{"":0}',
    "y_true_false_null": b'{"a":true,"b":false,"c":null}',
    "y_empty_list": b'{"a":[]}',
    "y_list_of_all": b'{"a":[1,1.5,"x",true,null,{},[]]}',
    "y_equal_keys_in_different_objects": b'{"a":{"a":{"a":1}},"b":{"a":1}}',
    "y_equal_keys_in_a_list": b'{"l":[{"a":1},{"a":1},{"a":1}]}',
    "y_keys_of_different_case": b'{"a":1,"A":2}',
    "y_keys_of_different_normal_form": '{"\u00e9":1,"e\u0301":2}'.encode(),
    "y_key_and_its_escaped_escape": b'{"a":1,"\\\\u0061":2}',
    "y_colon_in_key": b'{"a:b":1}',
    "y_colon_in_value": b'{"a":"b:c","d":"::::"}',
    "y_colons_that_look_like_members": b'{"a":"\\"b\\":1,\\"b\\":2"}',
    "y_escaped_colon": b'{"a":"\\u003a"}',
    "y_url": b'{"a":"http://h:80/x?y=z:1"}',
    "y_time": b'{"a":"2026-11-22T04:00:00.123456+00:00"}',
    "y_brackets_in_text": b'{"a":"' + b"[{" * 100 + b'"}',
    "y_zero": b'{"a":0}',
    "y_minus_zero": b'{"a":-0}',
    "y_minus_zero_float": b'{"a":-0.0}',
    "y_negative": b'{"a":-12}',
    "y_fraction": b'{"a":1.25}',
    "y_exponent": b'{"a":[1e5,1E5,1e+5,1e-5,1.5E+2,0e0,0e+1]}',
    "y_greatest_unsigned": b'{"a":18446744073709551615}',
    "y_greatest_signed": b'{"a":9223372036854775807}',
    "y_least_signed": b'{"a":-9223372036854775808}',
    "y_greatest_float": b'{"a":1.7976931348623157e308}',
    "y_least_float": b'{"a":-1.7976931348623157e308}',
    "y_large_float": b'{"a":1e30,"b":18446744073709551616.0}',
    "y_smallest_float": b'{"a":5e-324}',
    "y_float_that_vanishes": b'{"a":1e-999}',
    "y_long_fraction": b'{"a":1.' + b"3" * 400 + b"}",
    "y_short_escapes": b'{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t"}',
    "y_unicode_escape": b'{"a":"\\u00e9\\u20AC"}',
    "y_escaped_pair": b'{"a":"\\ud83d\\ude00"}',
    "y_two_escaped_pairs": b'{"a":"\\uD83D\\uDE00\\ud83d\\ude00"}',
    "y_escaped_noncharacter": b'{"a":"\\uffff\\uFDD0"}',
    "y_escaped_control": b'{"a":"\\u0001\\u001f\\u007f"}',
    "y_literal_backslash_u0000": b'{"a":"\\\\u0000"}',
    "y_two_backslashes_u0000": b'{"a":"\\\\\\\\u0000"}',
    "y_u0000_without_backslash": b'{"a":"u0000"}',
    "y_u00000_of_another": b'{"a":"\\u00010000"}',
    "y_escaped_bom": b'{"a":"\\ufeff"}',
    "y_utf8_two_bytes": '{"a":"\u00e9"}'.encode(),
    "y_utf8_three_bytes": '{"\u20ac":"\u20ac"}'.encode(),
    "y_utf8_four_bytes": '{"\U0001f600":"\U0001f600"}'.encode(),
    "y_utf8_last_code_point": '{"a":"\U0010ffff"}'.encode(),
    "y_utf8_noncharacter": '{"a":"\uffff"}'.encode(),
    "y_utf8_line_separators": '{"a":"\u2028\u2029"}'.encode(),
    "y_bom_within_text": '{"a":"\ufeff"}'.encode(),
    "y_del": b'{"a":"\x7f"}',
    "y_32_levels_of_objects": nested(b'{"a":', b"1", b"}", DEPTH_MAX),
    "y_32_levels_of_lists": b'{"a":' + nested(b"[", b"", b"]", DEPTH_MAX - 1) + b"}",
    "y_many_brackets_side_by_side": b'{"a":[' + b"[]," * 1000 + b"{}]}",
    "y_many_members": b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(2000)) + b"}",
    "y_long_text": b'{"a":"' + b"x" * 60_000 + b'"}',
    "y_backslashes": b'{"a":"' + b"\\" * 60_000 + b'"}',
    "n_empty": b"",
    "n_space_only": b" \t\r\n",
    "n_nul_only": b"\x00",
    "n_number": b"1",
    "n_text": b'"a"',
    "n_true": b"true",
    "n_null": b"null",
    "n_list": b"[]",
    "n_list_of_objects": b'[{"a":1}]',
    "n_open": b"{",
    "n_closed": b"}",
    "n_key_alone": b'{"a"}',
    "n_key_and_colon": b'{"a":}',
    "n_value_alone": b"{:1}",
    "n_no_colon": b'{"a" 1}',
    "n_two_colons": b'{"a"::1}',
    "n_comma_for_colon": b'{"a",1}',
    "n_trailing_comma": b'{"a":1,}',
    "n_leading_comma": b'{,"a":1}',
    "n_two_commas": b'{"a":1,,"b":2}',
    "n_comma_alone": b"{,}",
    "n_no_comma": b'{"a":1 "b":2}',
    "n_unclosed": b'{"a":1',
    "n_unclosed_list": b'{"a":[1',
    "n_unclosed_text": b'{"a":"b',
    "n_closed_twice": b'{"a":1}}',
    "n_mismatched": b'{"a":[1}]',
    "n_second_document": b"{}{}",
    "n_second_line": b'{"a":1}\n{"b":2}',
    "n_garbage_after": b"{}x",
    "n_nul_after": b"{}\x00",
    "n_comment": b'{"a":1/* one */}',
    "n_line_comment": b'{"a":1}// one',
    "n_hash_comment": b'{"a":1}# one',
    "n_single_quotes": b"{'a':1}",
    "n_bare_key": b"{a:1}",
    "n_number_as_key": b"{1:1}",
    "n_null_as_key": b"{null:1}",
    "n_bare_value": b'{"a":b}',
    "n_capital_true": b'{"a":True}',
    "n_capital_null": b'{"a":NULL}',
    "n_truncated_true": b'{"a":tru}',
    "n_undefined": b'{"a":undefined}',
    "n_nan": b'{"a":NaN}',
    "n_minus_nan": b'{"a":-NaN}',
    "n_infinity": b'{"a":Infinity}',
    "n_minus_infinity": b'{"a":-Infinity}',
    "n_inf": b'{"a":inf}',
    "n_plus": b'{"a":+1}',
    "n_minus_alone": b'{"a":-}',
    "n_two_minus": b'{"a":--1}',
    "n_minus_space": b'{"a":- 1}',
    "n_leading_zero": b'{"a":01}',
    "n_minus_leading_zero": b'{"a":-01}',
    "n_hexadecimal": b'{"a":0x1}',
    "n_octal": b'{"a":0o7}',
    "n_underscore": b'{"a":1_000}',
    "n_thousands": b'{"a":1 000}',
    "n_point_first": b'{"a":.5}',
    "n_point_last": b'{"a":5.}',
    "n_point_exponent": b'{"a":5.e1}',
    "n_exponent_alone": b'{"a":1e}',
    "n_exponent_sign_alone": b'{"a":1e+}',
    "n_exponent_fraction": b'{"a":1e1.5}',
    "n_two_points": b'{"a":1.2.3}',
    "n_fullwidth_digit": '{"a":\uff11}'.encode(),
    "n_past_unsigned": b'{"a":18446744073709551616}',
    "n_past_signed": b'{"a":-9223372036854775809}',
    "n_past_signed_by_far": b'{"a":-18446744073709551616}',
    "n_21_digits": b'{"a":[{"b":[100000000000000000000]}]}',
    "n_5000_digits": b'{"a":' + b"9" * 5000 + b"}",
    "n_minus_5000_digits": b'{"a":-' + b"9" * 5000 + b"}",
    "n_300_digits": b'{"a":1' + b"0" * 300 + b"}",
    "n_float_past_range": b'{"a":1e999}',
    "n_minus_float_past_range": b'{"a":-1e999}',
    "n_float_just_past_range": b'{"a":1.8e308}',
    "n_duplicate": b'{"a":1,"a":2}',
    "n_duplicate_of_equal_value": b'{"a":1,"a":1}',
    "n_duplicate_apart": b'{"a":1,"b":2,"c":3,"a":4}',
    "n_duplicate_empty_key": b'{"":1,"":2}',
    "n_duplicate_in_an_object": b'{"o":{"a":1,"a":2}}',
    "n_duplicate_in_a_list": b'{"l":[1,[{"a":1,"a":2}]]}',
    "n_duplicate_object": b'{"o":{"a":1},"o":{"b":2}}',
    "n_duplicate_by_escape": b'{"a":1,"\\u0061":2}',
    "n_duplicate_by_two_escapes": b'{"\\u00e9":1,"\\u00E9":2}',
    "n_duplicate_by_solidus": b'{"a/b":1,"a\\/b":2}',
    "n_duplicate_by_surrogates": '{"\U0001f600":1,"\\ud83d\\ude00":2}'.encode(),
    "n_duplicate_covered_by_colons": b'{"a":1,"a":2,"b":"\\u003a"}',
    "n_duplicate_covered_by_colons_in_key": b'{"a":1,"a":2,"\\u003a":3}',
    "n_duplicate_with_colons": b'{"a:":"x:y","a:":"::"}',
    "n_duplicate_hiding_depth": b'{"a":' + nested(b"[", b"", b"]", 900) + b',"a":1}',
    "n_nul": b'{"a":"\x00"}',
    "n_escaped_nul": b'{"a":"\\u0000"}',
    "n_escaped_nul_in_text": b'{"a":"b\\u0000c"}',
    "n_escaped_nul_in_key": b'{"\\u0000":1}',
    "n_escaped_nul_in_a_list": b'{"a":[["\\u0000"]]}',
    "n_escaped_nul_after_backslash": b'{"a":"\\\\\\u0000"}',
    "n_escaped_nul_after_literal_one": b'{"a":"\\\\u0000\\u0000"}',
    "n_control": b'{"a":"\x01"}',
    "n_newline_in_text": b'{"a":"\n"}',
    "n_tab_in_text": b'{"a":"\t"}',
    "n_newline_in_key": b'{"\n":1}',
    "n_unknown_escape": b'{"a":"\\x41"}',
    "n_escape_alone": b'{"a":"\\"}',
    "n_escaped_quote_single": b'{"a":"\\\'"}',
    "n_capital_unicode_escape": b'{"a":"\\U0041"}',
    "n_short_unicode_escape": b'{"a":"\\u41"}',
    "n_unicode_escape_not_hexadecimal": b'{"a":"\\u00g0"}',
    "n_high_surrogate": b'{"a":"\\ud800"}',
    "n_low_surrogate": b'{"a":"\\udc00"}',
    "n_high_surrogate_and_text": b'{"a":"\\ud800x"}',
    "n_two_high_surrogates": b'{"a":"\\ud800\\ud800"}',
    "n_surrogates_inverted": b'{"a":"\\ude00\\ud83d"}',
    "n_surrogate_in_key": b'{"\\udfff":1}',
    "n_high_surrogate_truncated_low": b'{"a":"\\ud800\\u"}',
    "n_utf8_surrogate": b'{"a":"\xed\xa0\x80"}',
    "n_utf8_overlong": b'{"a":"\xc0\xaf"}',
    "n_utf8_overlong_nul": b'{"a":"\xc0\x80"}',
    "n_utf8_truncated": b'{"a":"\xe2\x82"}',
    "n_utf8_continuation": b'{"a":"\x80"}',
    "n_utf8_past_last": b'{"a":"\xf4\x90\x80\x80"}',
    "n_utf8_in_key": b'{"\xff":1}',
    "n_latin_1": b'{"a":"\xe9"}',
    "n_bom": b"\xef\xbb\xbf{}",
    "n_bom_alone": b"\xef\xbb\xbf",
    "n_utf16": '{"a":1}'.encode("utf-16"),
    "n_utf16_le": '{"a":1}'.encode("utf-16-le"),
    "n_utf16_be": '{"a":1}'.encode("utf-16-be"),
    "n_utf32": '{"a":1}'.encode("utf-32"),
    "n_utf32_le": '{"a":1}'.encode("utf-32-le"),
    "n_no_break_space": '{"a":\u00a01}'.encode(),
    "n_form_feed": b'{"a":\x0c1}',
    "n_vertical_tab": b'{"a":\x0b1}',
    "n_33_levels_of_objects": nested(b'{"a":', b"1", b"}", DEPTH_MAX + 1),
    "n_33_levels_below_a_number_to_look_at_again": b'{"a":9.3e18,"b":'
    + nested(b"[", b"", b"]", DEPTH_MAX)
    + b"}",
    "n_33_levels_of_lists": b'{"a":' + nested(b"[", b"", b"]", DEPTH_MAX) + b"}",
    "n_33_levels_beside_others": b'{"b":[[]],"a":' + nested(b"[", b"1", b"]", 32) + b',"c":{}}',
    "n_33_levels_and_an_escape": b'{"b":"\\u0041","a":' + nested(b"[", b"", b"]", 32) + b"}",
    "n_1000_levels": b'{"a":' + nested(b"[", b"", b"]", 1000) + b"}",
    "n_100000_levels": b'{"a":' + nested(b"[", b"", b"]", 100_000) + b"}",
    "n_100000_levels_of_objects": nested(b'{"a":', b"1", b"}", 100_000),
    "n_100000_levels_open": b'{"a":' * 100_000,
    "n_100000_lists_open": b"[" * 100_000,
    "n_form": b"a=1&b=2",
    "n_xml": b"<a>1</a>",
    "n_binary": bytes(range(256)),
}


def reference(raw: bytes) -> dict[str, Any]:
    """The rules one by one on top of the standard library; raises for any that is broken."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("duplicate key")
        return dict(pairs)

    def integer(digits: str) -> int:
        if len(digits) > 30 or not -(2**63) <= int(digits) < 2**64:
            raise ValueError("integer past 64 bits")
        return int(digits)

    def fraction(digits: str) -> float:
        if math.isinf(float(digits)):
            raise ValueError("infinite")
        return float(digits)

    def constant(name: str) -> NoReturn:
        raise ValueError(name)

    def check(value: Any, depth: int) -> None:
        if isinstance(value, str):
            if "\x00" in value:
                raise ValueError("NUL")
            value.encode()  # A lone surrogate has no UTF-8.
        elif isinstance(value, dict | list):
            if depth > DEPTH_MAX:
                raise ValueError("too deep")
            for key in value if isinstance(value, dict) else ():
                check(key, depth)
            for inner in value.values() if isinstance(value, dict) else value:
                check(inner, depth + 1)

    value = json.loads(
        raw.decode("utf-8", "strict"),
        object_pairs_hook=members,
        parse_int=integer,
        parse_float=fraction,
        parse_constant=constant,
    )
    if not isinstance(value, dict):
        raise TypeError("not an object")
    check(value, 1)
    return value


def assert_as_the_reference(raw: bytes) -> None:
    try:
        expected = reference(raw)
    except (ValueError, TypeError, RecursionError):
        with pytest.raises(BodyError):
            parse_object(raw)
    else:
        # By repr, since 1 == 1.0 == True and 0.0 == -0.0.
        assert repr(parse_object(raw)) == repr(expected)


@pytest.mark.parametrize("name", [name for name in CORPUS if name.startswith("y_")])
def test_the_corpus_is_read(name: str) -> None:
    assert repr(parse_object(CORPUS[name])) == repr(reference(CORPUS[name]))


@pytest.mark.parametrize("name", [name for name in CORPUS if name.startswith("n_")])
def test_the_corpus_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(BodyError) as caught:
        parse_object(CORPUS[name])
    assert caught.value.reason == str(caught.value)
    assert caught.value.reason.isprintable()
    assert len(caught.value.reason) < 400
    with pytest.raises((ValueError, TypeError, RecursionError)):
        reference(CORPUS[name])


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(CORPUS) >= 120
    assert {name[:2] for name in CORPUS} == {"y_", "n_"}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty body"),
        (b" \n", "empty body"),
        (b"{", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"a":"\xff"}', "not valid JSON"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":"\\ud800"}', "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"name":1,"name":2}', "duplicate key: name"),
        (b'{"o":{"name":1,"\\u006eame":2}}', "duplicate key: name"),
        (b'{"\\n":1,"\\n":2}', "duplicate key: '\\n'"),
        (nested(b'{"a":', b"1", b"}", 33), "nesting deeper than 32"),
        (nested(b'{"a":', b"1", b"}", 100_000), "nesting deeper than 32"),
        (b'{"a":"\\u0000"}', "NUL in text"),
        (b'{"a":18446744073709551616}', "number out of range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number out of range"),
        (b'{"a":1e999}', "number out of range"),
    ],
)
def test_the_reason_says_what_is_wrong(raw: bytes, reason: str) -> None:
    with pytest.raises(BodyError) as caught:
        parse_object(raw)
    assert caught.value.reason == reason


# Texts made of what the checks look for, and documents written with every freedom JSON leaves.

common = [*':"\\u0{}[],/ab', "\x7f", "\u00e9", "\U0001f600"]
characters = st.sampled_from([*common * 3, "\x00", "\x01", "\ud800"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    written = []
    for character in draw(st.lists(characters, max_size=4)):
        unit = character.encode("utf-16-be", "surrogatepass")
        escaped = "".join(f"\\u{unit[at : at + 2].hex()}" for at in range(0, len(unit), 2))
        must_escape = character in '"\\' or character < " " or character == "\ud800"
        plain = {'"': '\\"', "\\": "\\\\"}.get(character, escaped if must_escape else character)
        written.append(draw(st.sampled_from([plain, plain, plain, escaped])))
    return '"' + "".join(written) + '"'


numbers = st.one_of(
    st.integers(min_value=-(2**66), max_value=2**66).map(str),
    st.sampled_from([2**63, 2**64, -(2**63)]).flatmap(
        lambda edge: st.integers(edge - 2, edge + 2).map(str)
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats().map(json.dumps),
    st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?\Z"),
)
spaces = st.sampled_from(["", "", "", " ", "\n"])
scalars = st.one_of(texts(), numbers, st.sampled_from(["true", "false", "null", "{}", "[]"]))


def lists_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda space, items: f"[{space}{','.join(items)}]", spaces, st.lists(values, max_size=4)
    )


def objects_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.builds(lambda key, space, value: f"{key}:{space}{value}", texts(), spaces, values)
    return st.builds(
        lambda space, items: f"{{{space}{','.join(items)}}}", spaces, st.lists(members, max_size=5)
    )


values = st.recursive(scalars, lambda inner: lists_of(inner) | objects_of(inner), max_leaves=12)
documents = objects_of(values).map(lambda text: text.encode("utf-8", "surrogatepass"))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b":", b'"', b"\\", b",", b"\\u003a", b"\\u0000", b"0", b"\xff"])
            | st.binary(max_size=3)
        )
    return bytes(raw)


@st.composite
def deep(draw: st.DrawFn) -> bytes:
    levels = draw(st.integers(25, 40))
    wraps = draw(
        st.lists(
            st.sampled_from([(b"[", b"]"), (b'{"a":', b"}"), (b'{"\\u003a":[1],"b":', b"}")]),
            min_size=levels,
            max_size=levels,
        )
    )
    inner = draw(documents)
    for opening, closing in wraps:
        inner = opening + inner + closing
    return b'{"a":' + inner + b"}"


@settings(max_examples=800)
@given(documents)
@example(b'{"a":1,"a":2,"b":"\\u003a"}')
def test_any_written_document_is_read_or_refused_as_by_the_reference(raw: bytes) -> None:
    assert_as_the_reference(raw)


@settings(max_examples=600)
@given(damaged())
def test_any_damaged_document_is_read_or_refused_as_by_the_reference(raw: bytes) -> None:
    assert_as_the_reference(raw)


@settings(max_examples=300)
@given(deep())
def test_any_deep_document_is_read_or_refused_as_by_the_reference(raw: bytes) -> None:
    assert_as_the_reference(raw)


@settings(max_examples=500)
@given(st.binary(max_size=40) | st.text('{}[]":,\\u0a1-.eE \n', max_size=30).map(str.encode))
def test_any_bytes_are_read_or_refused_as_by_the_reference(raw: bytes) -> None:
    assert_as_the_reference(raw)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=utf-8",
        "application/json ; charset=utf-8",
        " application/json\t",
        "application/json;",
        "application/merge-patch+json",
        "application/vnd.api+json; ext=bulk",
        "APPLICATION/VND.API+JSON",
        "image/x+json",
        "text/plain",
        "text/plain;charset=UTF-8",
        "TEXT/PLAIN",
    ],
)
def test_a_json_content_type_is_accepted(value: str | None) -> None:
    assert is_json_content_type(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ";",
        ";charset=utf-8",
        "json",
        "/",
        "/json",
        "application/",
        "application/+json",
        "+json",
        "/x+json",
        "a/b/c+json",
        "application/json/x",
        "application/jsonp",
        "application/json-seq",
        "application/x-ndjson",
        "application/json, text/html",
        "text/html, application/json",
        "application/json text/html",
        "application/ json",
        "application /json",
        "application/json\n",
        "application/vnd.a b+json",
        "application/vnd.\u00e9+json",
        "application/vnd.api+json+xml",
        "application/j\u017fon",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a+json",
        "text/html",
        "text/plainer",
        "text",
        "*/*",
    ],
)
def test_another_content_type_is_not(value: str) -> None:
    assert not is_json_content_type(value)
