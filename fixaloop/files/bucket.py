"""A bucket that speaks S3, for several machines: requests are signed and bounded, failures are sentences."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from django.core.files import File
from django.utils.translation import gettext as _
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from fixaloop.files.stored import Unavailable

logger = logging.getLogger("fixaloop.files")
# Seconds, for which a page waits.
CONNECT, ANSWER, ATTEMPTS = 3, 10, 2
IN_MEMORY = 1024**2
MISSING, FORBIDDEN = 404, (400, 401, 403)


class Bucket(S3Storage):
    """Django’s storage API over a bucket; `options` are those of `environment.bucket`."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT,
            read_timeout=ANSWER,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            signature_version="s3v4",
            # Servers other than Amazon’s need neither names for their buckets nor its newest checksums.
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # Parts go one after the other: none waits in memory.
        transfer = TransferConfig(use_threads=False, num_download_attempts=ATTEMPTS)
        # Without an ACL files are private, in buckets that take none too.
        own = {"default_acl": None, "max_memory_size": IN_MEMORY}
        super().__init__(client_config=config, transfer_config=transfer, **own, **options)

    def _open(self, name: str, mode: str = "rb") -> File:
        with _told(self.bucket_name):
            file: File = super()._open(name, mode)
            # Fetched whole: what failed later would fail in the middle of an answer.
            return file.open()

    def _save(self, name: str, content: File) -> str:
        with _told(self.bucket_name):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _told(self.bucket_name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _told(self.bucket_name):
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _told(self.bucket_name):
            folders, files = super().listdir(path)
            return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _told(self.bucket_name):
            found: datetime = super().get_modified_time(name)
            return found


@contextmanager
def _told(bucket: str) -> Iterator[None]:
    """Turn what the library raises into an OSError with a sentence; the log has the rest."""
    try:
        yield
    except ClientError as error:
        status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        if status == MISSING and code != "NoSuchBucket":
            raise FileNotFoundError(str(error)) from error
        logger.warning("storage: %s", error)
        raise Unavailable(_said(bucket, status)) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        logger.warning("storage: %s", error)
        raise Unavailable(_said(bucket, FORBIDDEN[0])) from error
    except (BotoCoreError, Boto3Error, RetriesExceededError) as error:
        logger.warning("storage: %s", error)
        raise Unavailable(_("le stockage des fichiers ne répond pas : réessayez dans un instant")) from error


def _said(bucket: str, status: int) -> str:
    if status == MISSING:
        return _("le stockage des fichiers n’a pas d’espace « %(bucket)s » : corrigez STORAGE_URL") % {"bucket": bucket}
    if status in FORBIDDEN:
        return _("le stockage des fichiers refuse notre clé ou nos droits : corrigez STORAGE_URL")
    return _("le stockage des fichiers répond par une erreur (%(status)s) : réessayez dans un instant") % {
        "status": status
    }
