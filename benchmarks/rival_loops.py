"""The loops people write today, timed; run by rivals.py in an environment that has their packages.

python rival_loops.py dlib|mediapipe CLIP [FRAMES]
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

FindFace = Callable[[np.ndarray], bool]
"""Takes a picture in RGB, and says whether it shows a face."""
WARM_FRAMES = 5


def main() -> None:
    """Print frames, faces and the time they took as JSON, the first frames not counted."""
    name, path, *most = sys.argv[1:]
    cv2.setNumThreads(1)
    find_face = {"dlib": dlib_loop, "mediapipe": mediapipe_loop}[name]()
    pictures = rgb_pictures(path)
    for _ in range(WARM_FRAMES):
        find_face(next(pictures))
    frames = faces = 0
    cpu_s, clock_s = time.process_time(), time.perf_counter()
    for picture in pictures:
        faces += find_face(picture)
        frames += 1
        if most and frames == int(most[0]):
            break
    cpu_s, clock_s = time.process_time() - cpu_s, time.perf_counter() - clock_s
    print(json.dumps({"frames": frames, "faces": faces, "cpu_s": cpu_s, "clock_s": clock_s}))


def rgb_pictures(path: str) -> Iterator[np.ndarray]:
    """Every frame, as OpenCV reads it."""
    video = cv2.VideoCapture(path)
    while True:
        read, picture = video.read()
        if not read:
            return
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def dlib_loop() -> FindFace:
    """HOG detector, 68 points and the identity network's descriptor, a frame at a time; without enlarging the picture first."""
    import dlib  # noqa: PLC0415 - each loop needs its own package

    package = find_spec("face_recognition_models")
    if package is None or package.origin is None:
        raise SystemExit("face_recognition_models is not installed")
    models = Path(package.origin).parent / "models"
    detect = dlib.get_frontal_face_detector()
    points_of = dlib.shape_predictor(str(models / "shape_predictor_68_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def find_face(picture: np.ndarray) -> bool:
        boxes = detect(picture, 0)
        for box in boxes:
            network.compute_face_descriptor(picture, points_of(picture, box))
        return bool(boxes)

    return find_face


def mediapipe_loop() -> FindFace:
    """Mediapipe's face mesh, which follows one face: landmarks, no appearance."""
    from mediapipe.python.solutions.face_mesh import FaceMesh  # noqa: PLC0415 - each loop needs its own package

    mesh = FaceMesh(static_image_mode=False, max_num_faces=1)
    return lambda picture: mesh.process(picture).multi_face_landmarks is not None


if __name__ == "__main__":
    main()
