"""No credential survives publication, and no more than the credential goes."""

import pytest

from avemo_core.runtime.public import public


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("s3://key:secret@bucket/clips/a.mp4", "s3://bucket/clips/a.mp4"),
        ("https://token@host/a.mp4", "https://host/a.mp4"),
        ("ftp://user:p@ss@host/a.mp4", "ftp://host/a.mp4"),
        ("https://host/a.mp4?X-Amz-Signature=1&X-Amz-Credential=2", "https://host/a.mp4"),
        ("https://host/my clip.mp4?t=0123", "https://host/my clip.mp4"),
        ("s3://bucket/who?.mp4", "s3://bucket/who?.mp4"),
        ("s3://bucket/who?.mp4?X-Amz-Date=1&X-Amz-Signature=2", "s3://bucket/who?.mp4"),
        ("gs://bucket/a.mp4?generation=5", "gs://bucket/a.mp4?generation=5"),
        ("s3://bucket/user@home.mp4", "s3://bucket/user@home.mp4"),
        ("abfss://container@account.dfs.core.windows.net/a.mp4", "abfss://container@account.dfs.core.windows.net/a.mp4"),
        ("abfss://container:key@account/a.mp4", "abfss://container@account/a.mp4"),
        ("abfss://container@account/a.mp4?sv=2024&sig=abc%3D", "abfss://container@account/a.mp4"),
        ("zip://a.mp4::https://u:p@host/x.zip?sig=1", "zip://a.mp4::https://host/x.zip"),
        ("/data/a?b.mp4", "/data/a?b.mp4"),
        ("/data/u:p@host/a?sig=1.mp4", "/data/u:p@host/a?sig=1.mp4"),
    ],
)
def test_an_address_loses_its_credentials_and_nothing_else(address: str, safe: str):
    assert public(address) == safe


@pytest.mark.parametrize(
    ("sentence", "safe"),
    [
        ("cannot read https://u:p@host/a?sig=1 (403)", "cannot read https://host/a (403)"),
        ("'https://host/a?sig=1': not found", "'https://host/a': not found"),
        ("https://a/b?k=1, then s3://k:s@c/d, then https://e/f?k=2.", "https://a/b, then s3://c/d, then https://e/f."),
        ('Invalid bucket name "key:se/c"ret@bucket"', 'Invalid bucket name "key:se/c"ret@bucket"'),  # is no such quotation
        ('Invalid bucket name "key:secret@bucket": it must match', 'Invalid bucket name "bucket": it must match'),
        ("is it at https://host/a? perhaps", "is it at https://host/a? perhaps"),
    ],
)
def test_a_sentence_keeps_what_stands_around_its_addresses(sentence: str, safe: str):
    assert public(sentence) == safe
