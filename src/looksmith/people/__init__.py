"""People in photos: faces, skin, makeup, masks and avatars.

people = find_people(pixels)            # faces with landmarks and pose; masks when asked for
people.faces[0].pose.yaw, people.skin, people.person
"""

from looksmith.people.faces import Face, Pose, same_person
from looksmith.people.find import People, find_people

__all__ = ["Face", "People", "Pose", "find_people", "same_person"]
