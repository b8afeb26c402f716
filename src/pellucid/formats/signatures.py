"""What a file seems to be, from its first bytes: so that an error can say what came instead of what was expected.

Not for deciding how a file is read: each reader checks its own format in full.
"""

from __future__ import annotations

__all__ = ["HEAD_BYTES", "describe_content"]

HEAD_BYTES = 2048
"""How many of the first bytes `describe_content` wants to see [bytes]; an archive may begin with a long name."""

_LEGACY_TORCH_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"

_ZIP = b"PK\x03\x04"
# A zip archive says what it is by the name of its first member, which follows the signature.
_ZIP_MEMBERS = ((b"/data.pkl", "a PyTorch file (.pt, .pth)"), (b".npy", "a NumPy archive (.npz)"))

# (offset, bytes there, what begins like this); the first row that fits counts.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (.h5)"),
    (0, _ZIP, "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"\x93NUMPY", "a NumPy array (.npy)"),
    (0, _LEGACY_TORCH_MAGIC, "a PyTorch file (.pt, .pth)"),
    *((0, bytes([0x80, protocol]), "a Python pickle") for protocol in range(2, 6)),
    (8, b'{"', "a safetensors file"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a BMP image"),
    (8, b"WEBP", "a WebP image"),
    *((0, b"P%d\n" % number, "a PPM image") for number in range(1, 7)),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (0, b"II+\x00", "a TIFF image"),
    (0, b"MM\x00+", "a TIFF image"),
    (4, b"ftypavif", "an AVIF image"),
    *((4, b"ftyp" + kind, "a HEIC image") for kind in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")),
    (4, b"jP  \r\n\x87\n", "a JPEG 2000 image"),
    (0, b"\xffO\xffQ", "a JPEG 2000 image"),
    (0, b"\xff\n", "a JPEG XL image"),
    (4, b"JXL \r\n\x87\n", "a JPEG XL image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x00\x00\x08", "an IDX file"),
    (0, b"<", "an HTML or XML page"),
    (0, b"{", "JSON text"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)


def describe_content(head: bytes) -> str:
    """Say what a file seems to be.

    Args:
        head: its first bytes, at least `HEAD_BYTES` of them if it has that many.

    Returns:
        a noun phrase that completes "it looks like ...".

    Example:
        >>> describe_content(b"%PDF-1.7")
        'a PDF document'
        >>> describe_content(b"")
        'an empty file'
    """
    if not head:
        return "an empty file"
    for archive_member, description in _ZIP_MEMBERS:
        if head.startswith(_ZIP) and archive_member in head:
            return description
    for offset, signature, description in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return description
    return "text" if _is_text(head) else "a file of an unknown kind"


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
