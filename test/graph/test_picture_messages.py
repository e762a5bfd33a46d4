"""Pictures survive the way through a message, whatever its padding and byte order; broken messages are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

sensor_msgs = pytest.importorskip("sensor_msgs.msg", reason="needs ROS 2; `make env` installs it")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra.numpy import arrays  # noqa: E402

from storegraph.graph.messages import MessageError  # noqa: E402
from storegraph.graph.messages.pictures import (  # noqa: E402
    ENCODINGS,
    bgr_from_image,
    fill_camera_info,
    fill_compressed_image,
    fill_header,
    fill_image,
    pixels_from_image,
    ros_bridge,
)
from storegraph.store.file import load_store  # noqa: E402

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, str]:
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    kind, channels = ENCODINGS[encoding]
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 7)), *([channels] if channels > 1 else []))
    return draw(arrays(kind, shape)), encoding


def image(pixels: np.ndarray, encoding: str) -> Any:
    message = sensor_msgs.Image()
    fill_image(message, pixels, encoding)
    return message


def padded(message: Any, padding: int) -> Any:
    """The same picture, with bytes behind every row that are none of it."""
    rows = np.frombuffer(bytes(message.data), np.uint8).reshape(message.height, message.step)
    wide = np.full((message.height, message.step + padding), 0xEE, np.uint8)
    wide[:, : message.step] = rows
    message.step += padding
    message.data = wide.tobytes()
    return message


@settings(deadline=None)
@given(pictures(), st.integers(0, 9))
def test_a_picture_comes_back_from_its_message_also_with_padded_rows(picture, padding) -> None:
    pixels, encoding = picture
    returned = pixels_from_image(padded(image(pixels, encoding), padding))
    assert returned.dtype == pixels.dtype
    np.testing.assert_array_equal(returned, pixels)


@settings(deadline=None)
@given(arrays(np.uint16, (3, 4)), st.integers(0, 5))
def test_the_byte_order_is_that_of_the_message(pixels, padding) -> None:
    message = padded(image(pixels.astype(">u2"), "16UC1"), padding)
    assert message.is_bigendian == 1
    np.testing.assert_array_equal(pixels_from_image(message), pixels)


@settings(deadline=None)
@given(arrays(np.uint8, (4, 5, 3)))
def test_a_part_of_a_larger_picture_is_written_without_the_rest(pixels) -> None:
    part = pixels[1:3, 1:4]
    np.testing.assert_array_equal(pixels_from_image(image(part, "bgr8")), part)


def test_colours_come_in_the_order_blue_green_red() -> None:
    rgb = np.array([[[1, 2, 3]]], np.uint8)
    assert bgr_from_image(image(rgb, "rgb8")).tolist() == [[[3, 2, 1]]]
    assert bgr_from_image(image(rgb, "bgr8")).tolist() == [[[1, 2, 3]]]
    assert bgr_from_image(image(rgb[..., 0], "mono8")).tolist() == [[[1, 1, 1]]]


def test_what_has_no_colours_is_no_picture() -> None:
    with pytest.raises(MessageError, match="encoding 16UC1 has no colours; a picture is bgr8, rgb8 or mono8"):
        bgr_from_image(image(np.zeros((2, 2), np.uint16), "16UC1"))


@pytest.mark.skipif(ros_bridge() is None, reason="needs cv_bridge of a ROS installation")
@settings(deadline=None)
@given(pictures(), st.integers(0, 3))
def test_our_own_conversion_gives_what_cv_bridge_gives_where_rows_are_whole_pixels(picture, more) -> None:
    pixels, encoding = picture
    message = padded(image(pixels, encoding), more * pixels[0, 0].nbytes)
    np.testing.assert_array_equal(pixels_from_image(message), ros_bridge().imgmsg_to_cv2(message))


@pytest.mark.skipif(ros_bridge() is None, reason="needs cv_bridge of a ROS installation")
def test_what_only_cv_bridge_knows_is_read_by_it() -> None:
    rgba = image(np.array([[[1, 2, 3]]], np.uint8), "rgb8")
    rgba.encoding, rgba.step, rgba.data = "rgba8", 4, bytes([1, 2, 3, 255])
    assert bgr_from_image(rgba).tolist() == [[[3, 2, 1]]]


def test_data_that_do_not_fit_are_refused() -> None:
    short = image(np.zeros((4, 5, 3), np.uint8), "bgr8")
    short.data = short.data[:-1]
    with pytest.raises(MessageError, match="59 bytes in rows of 15 are no 5x4 pixels of bgr8"):
        pixels_from_image(short)
    narrow = image(np.zeros((4, 5, 3), np.uint8), "bgr8")
    narrow.step = 14
    with pytest.raises(MessageError, match="take rows of 15 or more"):
        pixels_from_image(narrow)
    unknown = image(np.zeros((4, 5, 3), np.uint8), "bgr8")
    unknown.encoding = "yuv422"
    with pytest.raises(MessageError, match="encoding yuv422 is not known without cv_bridge; known are bgr8"):
        pixels_from_image(unknown)


def test_a_compressed_picture_holds_the_bytes_of_its_file() -> None:
    message = sensor_msgs.CompressedImage()
    fill_compressed_image(message, np.arange(7, dtype=np.uint8))
    assert bytes(message.data) == bytes(range(7))
    assert message.format == "bgr8; jpeg compressed bgr8"


def test_camera_info_has_the_intrinsics_of_the_store_file() -> None:
    camera = load_store(CORNER).cameras[0]
    info = sensor_msgs.CameraInfo()
    fill_header(info.header, 1_700_000_000_123_456_789, camera.id)
    fill_camera_info(info, camera)
    assert (info.header.stamp.sec, info.header.stamp.nanosec) == (1_700_000_000, 123_456_789)
    assert info.header.frame_id == "south_west_optical_frame"
    assert (info.width, info.height, info.distortion_model) == (640, 360, "plumb_bob")
    assert list(info.k) == [380.6, 0.0, 321.3, 0.0, 381.0, 178.9, 0.0, 0.0, 1.0]
    assert list(info.d) == [-0.283, 0.071, 0.0004, -0.0003, 0.0]
    np.testing.assert_array_equal(np.reshape(info.p, (3, 4))[:, :3], np.reshape(info.k, (3, 3)))


def test_a_camera_without_distortion_has_coefficients_of_zero() -> None:
    camera = load_store(CORNER).cameras[0].model_copy(update={"distortion": (), "distortion_model": "equidistant"})
    info = sensor_msgs.CameraInfo()
    fill_camera_info(info, camera)
    assert list(info.d) == [0.0] * 4
