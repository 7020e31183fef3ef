"""The one place that knows pynetdicom: a C-STORE and C-ECHO provider with limits that it lacks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cauce.domain.errors import InputError
from cauce.service.quiet_log import LOG, place_of
from cauce.service.settings import NodeSettings

if TYPE_CHECKING:
    from pynetdicom.transport import ThreadedAssociationServer

Keep = Callable[[bytes], None]
"""Takes one received instance as the bytes of a DICOM file; it must be on disk when this returns."""

_VERIFICATION = "1.2.840.10008.1.1"
_SUCCESS = 0x0000
_OUT_OF_RESOURCES = 0xA700
_CANNOT_UNDERSTAND = 0xC000
_ASSOCIATIONS = 20
_IDLE_S = 60


def start_node(settings: NodeSettings, keep: Keep) -> "ThreadedAssociationServer":
    """Listen for associations in background threads; `shutdown()` on the returned server ends that.

    Raises:
        InputError: the address is in use.
    """
    from pynetdicom import AE, AllStoragePresentationContexts, evt
    entity = AE(ae_title=settings.ae_title)
    entity.maximum_pdu_size = min(settings.maximum_pdu_bytes, 1 << 17)
    entity.maximum_associations = _ASSOCIATIONS
    entity.network_timeout = entity.dimse_timeout = _IDLE_S
    entity.require_calling_aet = list(settings.allowed_callers)
    entity.add_supported_context(_VERIFICATION)
    syntaxes = _transfer_syntaxes()
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(str(context.abstract_syntax), syntaxes)

    def on_store(event: Any) -> int:
        return _store(event, keep)

    def on_open(event: Any) -> None:
        _limit_pdu(event.assoc, settings.maximum_pdu_bytes)

    handlers: list[Any] = [(evt.EVT_C_STORE, on_store), (evt.EVT_CONN_OPEN, on_open)]
    try:
        return entity.start_server((settings.host, settings.port), block=False, evt_handlers=handlers)  # type: ignore[return-value]
    except OSError as error:
        raise InputError(f"cannot listen ({error.strerror})", where=f"{settings.host}:{settings.port}",
                         remedy="Stop what uses the port, or give another one.") from None


def _store(event: Any, keep: Keep) -> int:
    try:
        # The data set is kept as it came, without decoding: preamble, file meta, received bytes.
        keep(event.encoded_dataset())
    except OSError as error:
        LOG.error("received instance not kept: %s", place_of(error))
        return _OUT_OF_RESOURCES
    except Exception as error:  # whatever it is, the sender must not believe that the instance is safe
        LOG.error("received instance not kept: %s", place_of(error))
        return _CANNOT_UNDERSTAND
    return _SUCCESS


def _limit_pdu(association: Any, limit_bytes: int) -> None:
    """pynetdicom 3.0 reads a PDU of any announced length into memory, before it looks at who sends it."""
    transport = association.dul.socket
    receive = transport.recv

    def limited(length: int) -> bytearray:
        if length > limit_bytes:
            LOG.warning("association ended: a PDU of %d bytes was announced, at most %d are read", length, limit_bytes)
            raise OSError("PDU too long")
        received: bytearray = receive(length)
        return received

    transport.recv = limited


def _transfer_syntaxes() -> list[str]:
    from pydicom.uid import (
        JPEG2000,
        DeflatedExplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        JPEG2000Lossless,
        JPEGBaseline8Bit,
        JPEGExtended12Bit,
        JPEGLossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEGLSNearLossless,
        RLELossless,
    )

    return [
        ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, JPEGLosslessSV1, JPEGLossless,
        JPEGBaseline8Bit, JPEGExtended12Bit, JPEG2000Lossless, JPEG2000, JPEGLSLossless, JPEGLSNearLossless, RLELossless,
    ]
