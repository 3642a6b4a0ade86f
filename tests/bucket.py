"""An S3 server on this machine, which checks who asks: an account with the rights that docs/operations.md gives it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import requests
from django.conf import settings
from django.test import override_settings
from moto.server import ThreadedMotoServer

from fixaloop import environment

NAME, LACKING = "firm", "nobodys"
OF_FILES = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{name}" for name in (NAME, LACKING)],
        },
        {"Effect": "Allow", "Action": OF_FILES, "Resource": [f"arn:aws:s3:::{name}/*" for name in (NAME, LACKING)]},
    ],
}


class Server:
    """The server, its bucket, and the key of Fixaloop’s account there."""

    def __init__(self, where: str) -> None:
        self.where = where
        iam = self.client("iam")
        iam.create_user(UserName="fixaloop")
        iam.put_user_policy(UserName="fixaloop", PolicyName="files", PolicyDocument=json.dumps(POLICY))
        key = iam.create_access_key(UserName="fixaloop")["AccessKey"]
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.client("s3").create_bucket(Bucket=NAME)
        # From now on it asks everybody for a signature.
        requests.post(f"http://{where}/moto-api/reset-auth", data="0", timeout=5)

    def client(self, service: str, key: str = "owner", secret: str = "owner") -> Any:
        named = {"endpoint_url": f"http://{self.where}", "region_name": "us-east-1"}
        return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret, **named)

    def put(self, key: str) -> None:
        self._of_files().put_object(Bucket=NAME, Key=key, Body=b"Nom")

    def has(self, key: str) -> bool:
        return bool(self._of_files().list_objects_v2(Bucket=NAME, Prefix=key)["KeyCount"])

    def _of_files(self) -> Any:
        return self.client("s3", self.key, self.secret)

    def url(self, prefix: str = "", *, secret: str = "", bucket: str = NAME, where: str = "") -> str:
        """What `STORAGE_URL` says of it."""
        return f"s3://{self.key}:{secret or self.secret}@{where or self.where}/{bucket}/{prefix}?region=us-east-1&tls=0"


@contextmanager
def serving() -> Iterator[Server]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Server(f"{host}:{port}")
    finally:
        server.stop()


@contextmanager
def kept_at(url: str) -> Iterator[None]:
    """Files are kept there, as a process does that starts with this `STORAGE_URL`."""
    options = environment.bucket_at("STORAGE_URL", url)
    default = {"BACKEND": "fixaloop.files.bucket.Bucket", "OPTIONS": options}
    with override_settings(BUCKET=options, STORAGES=settings.STORAGES | {"default": default}):
        yield
